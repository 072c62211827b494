// Whether two models read and write the same tokens: what lets one judge the other's token by token.
import type { Tokenizer } from '../formats/tokenizer.ts';
import { InputError } from '../platform/errors.ts';

// Digits, spaces, cases and scripts: where merges of one vocabulary differ, they differ here.
const probe = "The  answer is 1,234.5;\n\tso x^2 = (7+1)*7 \u2014 na\u00efve \u7b49, Wait! don't ";

type Read = Pick<Tokenizer, 'vocabSize' | 'decode' | 'encode' | 'isSpecial'>;

/**
 * Heads may be padded to other widths: the tokenizers alone are compared.
 * @returns the number of ids that both have
 * @throws InputError where an id means one thing to the teacher and another to the student
 */
export function requireSharedTokenizer(teacher: Read, student: Read, where: string): number {
  const mend =
    "token by token a student learns only from a teacher with its own tokenizer. Learn the teacher's texts instead: a distill stage without `teacher`, on data that the teacher wrote";
  if (teacher.vocabSize !== student.vocabSize)
    throw new InputError(`${where}: the teacher's tokenizer has ${teacher.vocabSize} tokens, the student's ${student.vocabSize}: ${mend}`);
  for (let id = 0; id < student.vocabSize; id++) {
    const [theirs, ours] = [teacher.decode([id]), student.decode([id])];
    if (theirs !== ours || teacher.isSpecial(id) !== student.isSpecial(id))
      throw new InputError(
        `${where}: token ${id} is ${JSON.stringify(theirs)} to the teacher and ${JSON.stringify(ours)} to the student: ${mend}`,
      );
  }
  if (String(teacher.encode(probe)) !== String(student.encode(probe)))
    throw new InputError(`${where}: teacher and student cut the same text into other tokens: ${mend}`);
  return student.vocabSize;
}
