// Thought and answer put together, as every problem's response ends.

/** With tags, or as loose text (`thought so answer .`). */
export function respond(thought: readonly string[], answer: string, tagged: boolean, so: string): string {
  if (tagged) return [...(thought.length > 0 ? ['<think>', ...thought, '</think>'] : []), '<answer>', answer, '</answer>'].join(' ');
  return [...thought, ...(thought.length > 0 ? [so] : []), answer, '.'].join(' ');
}
