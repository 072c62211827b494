// The code of a completion: one rule, in training and in evaluation.
import { afterThought, answerText } from '../format.ts';
import type { Language } from './verdict.ts';

/** What a completion continues or fills in, where the prompt is itself code. */
export interface Signature {
  /** The prompt's code, up to the place where the body begins. */
  text: string;
  /** The function that is asked for. */
  entryPoint: string;
}

const names: Record<Language, RegExp> = { python: /^(?:python|python3|py|py3|pypy3?)$/i, javascript: /^(?:javascript|js|node|mjs|cjs)$/i };

/**
 * The program that a completion gives; undefined where it gives none: the thought has not ended, or there is nothing after it.
 * Looked at is only what follows the thought, and within that the `<answer>` where there is one: there the last fenced block that is closed
 * (of those whose fence names this language or none, else of all), else one that is not closed, else all of the text. A special token at the
 * end, or a part of one, is cut off; lines end with "\n". With a signature, a body is joined to it, and a whole function gets what stands before the signature (its imports).
 */
export function extractCode(completion: string, language: Language, signature?: Signature): string | undefined {
  const rest = answerText(completion) ?? afterThought(completion)?.replace(/^\s*<answer>\n?/, '');
  if (rest === undefined) return undefined;
  const text = withoutSpecialTokens(rest.replace(/\r\n?/g, '\n'));
  const blocks = fencedBlocks(text);
  const fitting = blocks.filter(({ tag }) => tag === '' || names[language].test(tag));
  const best = (list: Block[]): Block | undefined => list.findLast(({ closed }) => closed) ?? list.at(-1);
  const block = best(fitting) ?? best(blocks);
  // What begins with a body and only then has a fence continues a block that the prompt began.
  const continued = blocks.length === 1 && !blocks[0].closed && (blocks[0].text.trim() === '' || /^[ \t]+\S/.test(text));
  const code = block === undefined ? text : continued && block.before.trim() !== '' ? block.before : block.text;
  if (code.trim() === '') return undefined;
  return signature === undefined ? code : joined(code, signature);
}

/** Without special tokens at the end, whole or begun: `<|im_end|>`, `<|endof`, `</s>`, `<`. */
function withoutSpecialTokens(text: string): string {
  let end = text;
  for (;;) {
    const cut = end.trimEnd().replace(/<(?:[|｜][\w▁.:-]*[|｜]?>?|\/(?:s>?)?|s>)?$/, '');
    if (cut.length === end.trimEnd().length) return end;
    end = cut;
  }
}

interface Block {
  tag: string;
  text: string;
  closed: boolean;
  /** The text above the first. */
  before: string;
}

function fencedBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  let fence = '';
  let lines: string[] = [];
  let tag = '';
  let margin = /^/;
  let before = '';
  for (const [at, line] of text.split('\n').entries()) {
    const [, indent, ticks, rest] = /^([ \t]*)(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (fence === '') {
      if (ticks !== undefined && !rest.includes(ticks)) {
        fence = ticks;
        tag = rest.trim().split(/[\s{:,]/)[0];
        lines = [];
        // Within a list the fence is indented, and with it every line.
        margin = new RegExp(`^[ \\t]{0,${indent.length}}`);
        before = blocks.length === 0 ? text.split('\n', at).join('\n') : '';
      }
    } else if (ticks?.startsWith(fence) && rest.trim() === '') {
      blocks.push({ tag, text: lines.join('\n'), closed: true, before });
      fence = '';
    } else if (ticks === undefined && line.trimEnd().endsWith(fence)) {
      // The closing fence stands behind the last line.
      blocks.push({ tag, text: [...lines, line.trimEnd().slice(0, -fence.length)].join('\n'), closed: true, before });
      fence = '';
    } else lines.push(line.replace(margin, ''));
  }
  if (fence !== '') blocks.push({ tag, text: lines.join('\n'), closed: false, before });
  return blocks;
}

/** Code together with the signature that it continues, or whose function it writes anew. */
function joined(code: string, { text, entryPoint }: Signature): string {
  const definition = new RegExp(`^[ \\t]*(?:async\\s+)?def\\s+${escaped(entryPoint)}\\b|^${escaped(entryPoint)}\\s*=`, 'm');
  if (definition.test(code)) {
    const before = text.search(definition);
    return `${before < 0 ? '' : text.slice(0, before)}${dedented(code)}`;
  }
  return `${text.replace(/\s*$/, '\n')}${untilNextTop(indented(code))}`;
}

/** A body with the indentation that it lost: that of its first line alone, or of all. */
function indented(body: string): string {
  const lines = body.replace(/^(?:[ \t]*\n)+/, '').split('\n');
  const [first, ...others] = lines;
  if (/^\s/.test(first)) return lines.join('\n');
  const depths = others.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const within = first.trimEnd().endsWith(':') ? depths[0] >= 8 : depths.length > 0;
  if (within && Math.min(...depths) >= 4) return [`    ${first}`, ...others].join('\n');
  return lines.map((line) => `    ${line}`).join('\n');
}

/** A body ends where a line at the margin begins something else; what a base model goes on with is no part of it. */
function untilNextTop(body: string): string {
  const next = body.search(/\n(?:class|def|async def|if|print|assert|import|from|@|#|<)/);
  return next < 0 ? body : `${body.slice(0, next).trimEnd()}\n`;
}

/** All lines moved to the margin by what the first is indented. */
function dedented(code: string): string {
  const margin = /^(?:[ \t]*\n)*([ \t]+)\S/.exec(code)?.[1];
  return margin === undefined
    ? code
    : code
        .split('\n')
        .map((line) => (line.startsWith(margin) ? line.slice(margin.length) : line))
        .join('\n');
}

function escaped(name: string): string {
  return name.replace(/\W/g, '\\$&');
}
