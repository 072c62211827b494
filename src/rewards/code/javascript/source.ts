// Programs as they are written for Node's two module systems, made into scripts: QuickJS is given scripts, whose top-level names can be looked up.

/** Import and export statements at the beginnings of lines, as require and as plain declarations. For a text that is no script as it stands. */
export function asScript(source: string): string {
  return source
    .replace(/^[ \t]*import\s+(['"])([^'"\n]+)\1[ \t]*;?/gm, 'require("$2");')
    .replace(/^[ \t]*import\s+([\s\S]*?)\s+from\s+(['"])([^'"\n]+)\2[ \t]*;?/gm, (_, names: string, _quote, from: string) =>
      required(names, from),
    )
    .replace(/^[ \t]*export\s+default\s+(?=(async\s+)?function\s*\*?\s*[\w$]|class\s+[\w$])/gm, '')
    .replace(/^[ \t]*export\s+default\s+/gm, 'module.exports = ')
    .replace(/^[ \t]*export\s*\{[^}]*\}(\s*from\s*['"][^'"\n]*['"])?[ \t]*;?/gm, '')
    .replace(/^[ \t]*export\s+(?=(async|function|class|const|let|var)\b)/gm, '');
}

function required(names: string, from: string): string {
  const [, first = '', rest = ''] = /^([\w$]*)\s*,?\s*([\s\S]*)$/.exec(names) ?? [];
  const module = `require(${JSON.stringify(from)})`;
  const parts: string[] = [];
  if (first !== '') parts.push(`${first} = ${module}`);
  const whole = /^\*\s*as\s+([\w$]+)$/.exec(rest);
  if (whole) parts.push(`${whole[1]} = ${module}`);
  else if (rest !== '') parts.push(`${rest.replace(/\s+as\s+/g, ': ')} = ${module}`);
  return `const ${parts.join(', ')};`;
}

/** The names in a text, and those of them that are called. */
export function namesOf(text: string): { used: string[]; called: string[] } {
  const used = new Set<string>();
  const called = new Set<string>();
  for (const [, name, parenthesis] of text.matchAll(
    /(?<![\p{ID_Continue}$])(?<!(?<!\.\.)\.)([\p{ID_Start}_$][\p{ID_Continue}$]*)(\s*\()?/gu,
  )) {
    used.add(name);
    if (parenthesis) called.add(name);
  }
  return { used: [...used], called: [...called] };
}
