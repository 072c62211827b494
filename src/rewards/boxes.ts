// The \boxed{} of a text; and of a mathematical response its last one, together with those before it that are joined to it as one answer.

/** How much of a response's end is searched. An answer is at the end; what is longer than this is not one. */
const window = 8000;
const mostJoined = 40;

/**
 * The last closed box of the text and those joined to it: apart by commas, spaces, "and", "or", or labels such as "y_2 =" only.
 * @returns their contents in order, each once; undefined where no box is closed.
 */
export function lastBoxes(text: string): string[] | undefined {
  const tail = text.slice(-window);
  const boxes = closedBoxes(tail);
  // "... and not \\boxed{5}"
  while (boxes.length > 0 && /\b(?:not|never|isn't)[\s$\\(]{0,6}$/i.test(tail.slice(0, boxes[boxes.length - 1].begin).slice(-20)))
    boxes.pop();
  if (boxes.length === 0) return undefined;
  let first = boxes.length - 1;
  while (first > 0 && boxes.length - first < mostJoined && isJoint(tail.slice(boxes[first - 1].end, boxes[first].begin))) first--;
  const contents = boxes.slice(first).map((box) => box.content.trim());
  return [...new Set(contents)];
}

export interface Box {
  begin: number;
  /** Behind its brace. */
  end: number;
  content: string;
}

/** All outermost closed boxes in one pass: braces are counted once, whatever is left open. */
export function closedBoxes(text: string): Box[] {
  const found: Box[] = [];
  const open: { begin: number; inner: number; depth: number }[] = [];
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '\\') {
      const opening = /^\\(?:boxed|fbox)\s{0,3}\{/.exec(text.slice(i, i + 12));
      if (opening) {
        open.push({ begin: i, inner: i + opening[0].length, depth });
        depth++;
        i += opening[0].length - 1;
        // \\\\boxed is a box whose backslash was doubled.
      } else if (!/^\\\\(?:boxed|fbox)/.test(text.slice(i, i + 8))) i++;
    } else if (c === '{') depth++;
    else if (c === '}' && depth > 0) {
      depth--;
      if (open.at(-1)?.depth !== depth) continue;
      const box = open.pop();
      if (!box) continue;
      while (found.length > 0 && found[found.length - 1].begin > box.begin) found.pop();
      found.push({ begin: box.begin, end: i + 1, content: text.slice(box.inner, i) });
    }
  }
  return found;
}

function isJoint(between: string): boolean {
  if (between.length > 120) return false;
  const plain = between
    .replace(/\\(?:text|mbox|textbf|mathrm)\s?\{([^{}]*)\}/g, ' $1 ')
    .replace(/\\(?:[()[\],;:! ]|q?quad(?![a-zA-Z]))|\$|\*\*/g, ' ')
    // Labels: y_2 =, f(2) =, a_{37} =
    .replace(/[a-zA-Z](?:_(?:\w|\{\w+\}))?(?:\(\w+\))?\s*=/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase();
  const words = plain.replace(/^[,;&] ?/, '');
  // "and", "papers and"
  return words === '' || /^(?:[a-z]+ )?(?:and|or)[,;]?$/.test(words);
}
