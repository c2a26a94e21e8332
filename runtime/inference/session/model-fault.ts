import { ScansideError } from '../../../device/errors.ts';

/** Does `work`; its failure is a MODEL_FAULT that says what was being done. */
export async function asFault<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof ScansideError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ScansideError('MODEL_FAULT', `${doing}: ${why.slice(0, 200)}`, { cause });
  }
}
