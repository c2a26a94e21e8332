// Answers one question of engine.ts about one runtime, in a process that nothing else has been done in.
import process from 'node:process';
import { runtimes } from '../tests/inference/session/contract-runtimes.ts';
import { answerQuestion, type EngineFigures, type EngineQuestion } from './engine-measures.ts';

export interface ToEngineProcess {
  runtime: string;
  question: EngineQuestion;
}

export type FromEngineProcess = { figures: EngineFigures } | { failure: string };

async function answer({ runtime, question }: ToEngineProcess): Promise<FromEngineProcess> {
  const subject = runtimes[runtime];
  if (!subject) return { failure: `there is no runtime ${runtime}` };
  return { figures: await answerQuestion(await subject.open(), question) };
}

process.once('message', (message: ToEngineProcess) => {
  void answer(message)
    .catch((error: Error): FromEngineProcess => ({ failure: error.message }))
    .then((made) => process.send?.(made, undefined, {}, () => process.exit(0)));
});
process.on('disconnect', () => process.exit(0));
