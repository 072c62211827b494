// The cases of `thinkling verify math`: an answer beside a response.
import { didYouMean } from '../algorithms/nearest.ts';
import type { DataRow } from '../datasets/rows.ts';
import type { JsonValue } from '../formats/jsonl.ts';
import { InputError } from '../platform/errors.ts';
import { type MathOptions, verifyMath } from '../rewards/math/verify.ts';
import type { VerifyCase } from './verifyKinds.ts';

/** Math-Verify's, which its published cases carry. They choose between its ways to read and compare; here there is one. */
const passedOver = ['match_types', 'strict', 'allow_set_relation_comp', 'float_rounding', 'numeric_precision', 'timeout_seconds'];

/** @throws InputError where the row is no such case */
export function mathCase({ row, place }: DataRow): VerifyCase {
  const gold = textOf(row.gold, 'gold', place);
  const pred = textOf(row.pred, 'pred', place);
  const options = optionsOf(row.options, place);
  return { shown: { gold, pred }, judge: () => ({ verdict: verifyMath(gold, pred, options) }) };
}

/** Blank text is a case like any other: a gold that holds nothing. */
function textOf(value: JsonValue | undefined, column: string, place: string): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return String(value);
  throw new InputError(
    `${place}: "${column}" ${value === undefined ? 'is missing; a case has "gold" and "pred"' : 'must be text or a number'}`,
  );
}

function optionsOf(value: JsonValue | undefined, place: string): MathOptions {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new InputError(`${place}: "options" must be an object, {"precision": 6}`);
  const odd = Object.keys(value).find((name) => name !== 'precision' && !passedOver.includes(name));
  if (odd !== undefined) throw new InputError(`${place}: options: there is no option "${odd}"${didYouMean(odd, ['precision'])}`);
  const { precision } = value;
  if (precision === undefined || precision === null) return {};
  if (typeof precision !== 'number' || !Number.isInteger(precision) || precision < 0 || precision > 60)
    throw new InputError(`${place}: options.precision must be a whole number of decimals, 0 to 60`);
  return { precision };
}
