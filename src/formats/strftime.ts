// A time as text, as Python's strftime writes it in the C locale: chat templates ask for the date so (`strftime_now`).

import { InputError } from '../platform/errors.ts';

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = 'January February March April May June July August September October November December'.split(' ');

/**
 * @param date ISO 8601; written in UTC, so that it is the same on every machine
 * @param format `%-d` is `%d` without its leading zeros
 * @throws InputError for a directive that is not known
 */
export function strftime(date: string, format: string): string {
  const at = new Date(date);
  const [year, month, day, hour, minute] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate(), at.getUTCHours(), at.getUTCMinutes()];
  const two = (value: number): string => String(value).padStart(2, '0');
  const parts: Record<string, string> = {
    ...{ Y: String(year), y: two(year % 100), m: two(month + 1), B: months[month], b: months[month].slice(0, 3) },
    ...{ d: two(day), e: String(day).padStart(2), A: days[at.getUTCDay()], a: days[at.getUTCDay()].slice(0, 3), w: String(at.getUTCDay()) },
    ...{ j: String((Date.UTC(year, month, day) - Date.UTC(year, 0, 1)) / 86_400_000 + 1).padStart(3, '0') },
    ...{ H: two(hour), I: two(((hour + 11) % 12) + 1), p: hour < 12 ? 'AM' : 'PM', M: two(minute), S: two(at.getUTCSeconds()) },
    '%': '%',
  };
  return format.replace(/%(-?)(.?)/gs, (directive, bare: string, letter: string) => {
    if (!Object.hasOwn(parts, letter)) throw new InputError(`strftime_now: '${directive}' is not known`);
    return bare ? parts[letter].replace(/^[0 ]+(?=.)/, '') : parts[letter];
  });
}
