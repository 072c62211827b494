// Lines of a chat template, for messages: the library that renders it tells no places. A template is taken as a row of tags ({% %}, {{ }},
// {# #}), each with the line where it begins.

import { parse, tokenize } from '@huggingface/jinja';

interface Tag {
  line: number;
  /** Characters of the source, from the opening to behind the closing. */
  start: number;
  end: number;
}

const options = { lstrip_blocks: true, trim_blocks: true };
// The library takes these out before it looks at the rest.
const generation = /^\{%-?\s*(end)?generation\s*-?%\}$/;

/** The line of the tag where a template that does not parse goes wrong; nothing where it parses. */
export function syntaxErrorLine(source: string): number | undefined {
  const tags = tagsOf(source);
  for (const { line, end } of tags) {
    try {
      tokenize(source.slice(0, end), options);
    } catch {
      return line;
    }
  }
  // How far the parser came: it reads its tokens from a list, one after another.
  let reached = 0;
  try {
    const tokens = tokenize(source, options);
    const watched = new Proxy(tokens, {
      get(target, key, receiver) {
        if (typeof key === 'string' && /^\d+$/.test(key)) reached = Math.max(reached, Math.min(Number(key), target.length - 1));
        return Reflect.get(target, key, receiver);
      },
    });
    try {
      parse(watched);
    } catch {
      const begun = tokens
        .slice(0, reached + 1)
        .filter(({ type }: { type: string }) => type === 'OpenStatement' || type === 'OpenExpression' || type === 'Comment');
      // What opens within a tag that is not closed is no tag of its own.
      return tags[Math.min(Math.max(begun.length, 1), tags.length) - 1]?.line ?? 1;
    }
  } catch {
    return tags.at(-1)?.line ?? 1;
  }
  return undefined;
}

/**
 * The template with a call of `mark(line)` before each tag and in each condition. It renders other white space, and fails where the
 * template does: the last line that was marked is that of the tag that fails.
 * @param mark the name of a function that returns nothing
 */
export function withMarkedLines(source: string, mark: string): string {
  let out = '';
  let from = 0;
  for (const { line, start, end } of tagsOf(source)) {
    const tag = source.slice(start, end);
    const condition = /^\{%-?\s*(if|elif)\s/.exec(tag);
    out += source.slice(from, start);
    if (condition) out += `${condition[0]}${mark}(${line}) or ${tag.slice(condition[0].length)}`;
    else out += tag.startsWith('{#') ? tag : `{{ ${mark}(${line}) or '' }}${tag}`;
    from = end;
  }
  return out + source.slice(from);
}

function tagsOf(source: string): Tag[] {
  const tags: Tag[] = [];
  const opening = /\{[%{#]/g;
  for (let match = opening.exec(source); match; match = opening.exec(source)) {
    const start = match.index;
    const end = match[0] === '{#' ? after(source, '#}', start) : endOfTag(source, match[0] === '{%' ? '%}' : '}}', start + 2);
    if (!generation.test(source.slice(start, end))) tags.push({ line: source.slice(0, start).split('\n').length, start, end });
    opening.lastIndex = end;
  }
  return tags;
}

function after(source: string, closing: string, from: number): number {
  const at = source.indexOf(closing, from);
  return at < 0 ? source.length : at + closing.length;
}

// A closing within a text in quotes is none, nor is a `}}` that closes two objects.
function endOfTag(source: string, closing: string, from: number): number {
  let depth = 0;
  for (let i = from; i < source.length; i++) {
    const char = source[i];
    if (char === "'" || char === '"') {
      for (i++; i < source.length && source[i] !== char; i++) if (source[i] === '\\') i++;
    } else if (depth === 0 && source.startsWith(closing, i)) return i + closing.length;
    else if (char === '{') depth++;
    else if (char === '}') depth--;
  }
  return source.length;
}
