// Messages of a data set as a task's prompt: what people, the system and the assistant have said, in words.
import type { Message } from '../formats/chatTemplate.ts';
import { InputError } from '../platform/errors.ts';
import type { TaskRow } from '../rewards/reward.ts';

/**
 * @param place of the row, for messages
 * @throws InputError for turns that a prompt cannot hold
 */
export function chatPrompt(messages: readonly Message[], place: string): Exclude<TaskRow['prompt'], string> {
  return messages.map(({ role, content, ...more }) => {
    if ((role !== 'system' && role !== 'user' && role !== 'assistant') || content === null || Object.keys(more).length > 0)
      throw new InputError(
        `${place}: a prompt holds words of the roles system, user and assistant alone, no calls of tools: leave the row out`,
      );
    return { role, content };
  });
}
