// HTML from templates: whatever is put into one is text and is escaped, unless it is HTML that a template made.

export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | string | number | false | undefined | readonly Part[];

/** A tagged template. Attributes' values stand in double quotes. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(strings.map((text, i) => text + (i < parts.length ? rendered(parts[i]) : '')).join(''));
}

function rendered(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(rendered).join('');
  return escaped(String(part));
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Control characters, for which HTML has no place but for tabs and ends of lines, and halves of surrogate pairs are shown as unknown ones. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]).replace(/(?![\t\n])\p{Cc}|\p{Cs}/gu, '\ufffd');
}
