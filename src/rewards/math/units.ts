// Units: which words are units, and when two quantities' units do not contradict each other.

const spellings = new Map(
  Object.entries({
    percent: '%',
    pct: '%',
    percentage: '%',
    degree: 'degree',
    deg: 'degree',
    dollar: '$',
    usd: '$',
    buck: '$',
    euro: 'euro',
    pound: 'pound',
    cent: 'cent',
    meter: 'm',
    metre: 'm',
    centimeter: 'cm',
    centimetre: 'cm',
    millimeter: 'mm',
    millimetre: 'mm',
    kilometer: 'km',
    kilometre: 'km',
    inche: 'in',
    inch: 'in',
    feet: 'ft',
    foot: 'ft',
    yard: 'yd',
    mile: 'mi',
    gram: 'g',
    gm: 'g',
    kilogram: 'kg',
    liter: 'l',
    litre: 'l',
    milliliter: 'ml',
    second: 's',
    sec: 's',
    minute: 'min',
    hour: 'h',
    hr: 'h',
    unit: '',
  }),
);

const symbols = new Set(
  'm cm mm km in ft yd mi g kg mg l L ml mL s min h hr hrs sec ms mph km/h kmh oz lb lbs gal deg pct sq cu gm Hz J N W V kW'.split(' '),
);

/** A word in the form that the same unit always has: dollars -> $, meters -> m, points -> point. */
export function normalUnit(word: string): string {
  const lower = word.toLowerCase();
  const one = singular(lower);
  return spellings.get(lower) ?? spellings.get(one) ?? one;
}

export function isUnit(word: string): boolean {
  const lower = word.toLowerCase();
  return symbols.has(word) || spellings.has(lower) || spellings.has(singular(lower));
}

function singular(word: string): string {
  return word.length > 2 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word;
}

/**
 * Whether two units may belong to one answer: the same, one left out, or one a shorter name of the other (tickets, children tickets).
 * Percentages are not decided here.
 */
export function compatibleUnits(a: string, b: string): boolean {
  if (a === b || a === '' || b === '') return true;
  const [wordsA, wordsB] = [a.split(' '), b.split(' ')];
  return wordsA.every((word) => wordsB.includes(word)) || wordsB.every((word) => wordsA.includes(word));
}
