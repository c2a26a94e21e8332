import { ScansideError } from '../../device/errors.ts';
import type { Command } from '../messages/command.ts';
import type { Incoming } from './broker-link.ts';
import { readMessage } from './contract.ts';

export type CommandVerdict =
  | { kind: 'run' | 'expired' | 'refused'; command: Command; correlation: Buffer }
  /** Nobody waits for an answer, or it cannot be given. */
  | { kind: 'ignored'; error: ScansideError };

const longestCorrelation = 64;

/**
 * What to do about something on `down/cmd`. A retained command would come again with every connection, and one whose
 * answer goes elsewhere would have the device write what somebody else dictates.
 */
export function judgeCommand(
  { payload, retained, correlation, responseTopic }: Incoming,
  { now, replyTopic }: { now: number; replyTopic: string },
): CommandVerdict {
  const ignore = (detail: string): CommandVerdict => ({
    kind: 'ignored',
    error: new ScansideError('MQTT_COMMAND_REFUSED', detail),
  });
  if (retained) return ignore('it is retained');
  if (!correlation || correlation.length > longestCorrelation)
    return ignore('it has no correlation data, or too much');
  try {
    const command = readMessage('command', payload);
    if (responseTopic !== replyTopic) return { kind: 'refused', command, correlation };
    return { kind: now >= command.expires ? 'expired' : 'run', command, correlation };
  } catch (error) {
    return { kind: 'ignored', error: error as ScansideError };
  }
}
