// Tables of notation: what Unicode characters are in LaTeX, which commands only set type, and which are signs.

const unicode: Record<string, string> = {
  '\u2212': '-',
  '\u2013': '-',
  '\u00d7': '\\times ',
  '\u00b7': '\\cdot ',
  '\u22c5': '\\cdot ',
  '\u00f7': '\\div ',
  '\u221a': '\\sqrt ',
  '\u221e': '\\infty ',
  '\u2264': '\\le ',
  '\u2265': '\\ge ',
  '\u2260': '\\ne ',
  '\u2248': '\\approx ',
  '\u00b1': '\\pm ',
  '\u2213': '\\mp ',
  '\u00b0': '^\\circ ',
  '\u222a': '\\cup ',
  '\u2229': '\\cap ',
  '\u2208': '\\in ',
  '\u211d': '\\mathbb{R}',
  '\u2205': '\\emptyset ',
  '\u20ac': '\\euro ',
  '\u00a5': '\\yen ',
  '\u2219': '\\cdot ',
  '\u2217': '*',
  '\u2044': '/',
  '\u2124': '\\mathbb{Z}',
  '\u2115': '\\mathbb{N}',
  '\u211a': '\\mathbb{Q}',
  '\u2026': '\\ldots ',
  '\u00a3': '\\pounds ',
  '\u2032': "'",
  '\uff0c': ',',
};

const greek =
  'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma tau upsilon phi chi psi omega';
const greekNames = greek.split(' ');

/** Unicode's mathematics written in LaTeX: x² and x¹², √13, 1⅓, π, ≤, full-width forms. */
export function asLatex(source: string): string {
  if (/^[\x20-\x7e]*$/.test(source)) return source;
  return source
    .replace(/[\u2070\u00b9\u00b2\u00b3\u2074-\u207b]+/g, (run) => `^{${run.normalize('NFKC')}}`)
    .replace(/[\u2080-\u2089]+/g, (run) => `_{${run.normalize('NFKC')}}`)
    .replace(/\u221a\s*(\d+(?:\.\d+)?)/g, '\\sqrt{$1}')
    .replace(/[\u00bc-\u00be\u2150-\u215e]/g, (one) => ` \\frac{${one.normalize('NFKC').replace('\u2044', '}{')}} `)
    .replace(/[\u0391-\u03a1\u03a3-\u03a9\u03b1-\u03c9]/g, greekCommand)
    .replace(/[^\x20-\x7e]/gu, (c) => unicode[c] ?? (/\s/.test(c) ? ' ' : halfWidth(c)));
}

function greekCommand(letter: string): string {
  const name = greekNames[letter.toLowerCase().charCodeAt(0) - 0x3b1];
  return `\\${letter === letter.toLowerCase() ? name : name[0].toUpperCase() + name.slice(1)} `;
}

function halfWidth(c: string): string {
  const plain = c.normalize('NFKC');
  return /^[\x21-\x7e]$/.test(plain) ? plain : c;
}

/** Commands that stand for a plain sign, for nothing (''), or for space (' '). */
export const plainCommands = new Map(
  Object.entries({
    left: '',
    right: '',
    big: '',
    Big: '',
    bigl: '',
    bigr: '',
    Bigl: '',
    Bigr: '',
    biggl: '',
    biggr: '',
    displaystyle: '',
    textstyle: '',
    limits: '',
    boldsymbol: '',
    mathbf: '',
    mathit: '',
    mathrm: '',
    textbf: '',
    bf: '',
    rm: '',
    bm: '',
    hline: '',
    quad: ' ',
    qquad: ' ',
    thinspace: ' ',
    le: '<=',
    leq: '<=',
    leqslant: '<=',
    ge: '>=',
    geq: '>=',
    geqslant: '>=',
    lt: '<',
    gt: '>',
    ne: '!=',
    neq: '!=',
    approx: '~',
    simeq: '~',
    in: 'in',
    times: '*',
    cdot: '*',
    ast: '*',
    div: '/',
    colon: ':',
    pm: 'pm',
    mp: 'mp',
    cup: 'cup',
    bigcup: 'cup',
    cap: 'cap',
    setminus: 'setminus',
    backslash: 'setminus',
    vert: '|',
    lvert: '|',
    rvert: '|',
    mid: '|',
    lbrace: '\\{',
    rbrace: '\\}',
    '{': '\\{',
    '}': '\\}',
    '%': '%',
    lfloor: 'lfloor',
    rfloor: 'rfloor',
    lceil: 'lceil',
    rceil: 'rceil',
    lbrack: '[',
    rbrack: ']',
    lparen: '(',
    langle: '(',
    rangle: ')',
    rparen: ')',
  }),
);

/** Words that separate answers. */
export const separators = new Set(['and', 'or']);

/** How many zeros a word adds to a number. */
export const scales = new Map<string, bigint>(
  Object.entries({ hundred: 2n, thousand: 3n, million: 6n, billion: 9n, trillion: 12n, 百: 2n, 千: 3n, 万: 4n, 萬: 4n, 亿: 8n, 億: 8n }),
);

/** Words of sentences, and of arithmetic that is not computed; an answer in mathematics has none of them. */
export const proseWords = new Set(
  'plus minus negative over mod fail fails modulo factorial remainder halves thirds fourths quarters fifths tenths hundredths thousandths through till until maybe perhaps probably possibly wrong incorrect false never cannot unknown neither nor except without the this that there here thus so hence get is are was has have not if when where then then for with from of we its our can you to sum but times more less fewer greater larger smaller than divided he she they him his her had did got now up all out off who how'.split(
    ' ',
  ),
);
