// The language of a sentence by fastText's compressed model of 176 languages (lid.176, in the package fasttext.wasm.js), loaded when it is
// first asked for.
import { getLIDModel } from 'fasttext.wasm.js';

type Identifier = Awaited<ReturnType<typeof getLIDModel>>;
let loading: Promise<Identifier> | undefined;

async function load(): Promise<Identifier> {
  const model = await getLIDModel();
  const fastText = await model.load();
  const predict = fastText.predict.bind(fastText);
  // What it answers lies in WebAssembly's memory, which nobody frees but who asked: `identify` does not, and a long text asks hundreds of times.
  fastText.predict = (...question: unknown[]) => {
    const answer = predict(...question);
    const found = Array.from({ length: answer.size() }, (_, i) => answer.get(i));
    answer.delete();
    return { size: () => found.length, get: (i: number) => found[i] } as typeof answer;
  };
  return model;
}

/** The likeliest languages of a text, ISO 639-1 (639-3 where there is none), each with its probability, the likeliest first. */
export async function identify(text: string): Promise<{ language: string; probability: number }[]> {
  loading ??= load();
  // It was made from Wikipedia in lower case and upper; short pieces in capitals mislead it.
  const found: { alpha2: string | null; alpha3: string; possibility: number }[] = await (await loading).identify(
    text.toLowerCase().replace(/\s+/g, ' '),
    5,
  );
  return found.map(({ alpha2, alpha3, possibility }) => ({ language: alpha2 ?? alpha3, probability: possibility }));
}
