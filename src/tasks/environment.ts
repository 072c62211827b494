// What answers the model between its turns: a tool, a game, a user who replies. A task with one takes several turns a response; what the
// environment says is shown to the model and never learnt (stages/responses.ts).
import type { TaskRow, Turn } from '../rewards/reward.ts';

export interface Environment {
  /** The model's turns, at most. */
  maxTurns: number;
  /**
   * Texts that end a turn of the model's, say `</calc>`, beside its end tokens. After a prompt of plain text only these call the
   * environment: the response goes on right behind the reply. A chat's turn may end either way; the reply is a message of its own.
   */
  stop?: readonly string[];
  /** Whose message a reply is in a chat. Default: user. Not every chat template knows a tool. */
  role?: 'user' | 'tool';
  /**
   * Called when a turn of the model's has ended, its last one too, but not for one that was cut at the limit. Calls for many responses may
   * run at once. What it throws counts as a reward that throws.
   * @param episode all turns so far, the model's newest last
   */
  reply(episode: { row: TaskRow; turns: readonly Turn[] }): Reply | Promise<Reply>;
}

export interface Reply {
  /** What the model is shown next; null: the episode is over. Text that looks like a control token stays text. */
  text: string | null;
  /** What the turn earned: the reward `turnReward` is the sum over a response's turns. */
  reward?: number;
}
