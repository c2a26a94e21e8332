import { ScansideError } from '../../../../device/errors.ts';
import type { Provider, SessionSettings } from '../session-port.ts';
import { logSeverity, type OrtEnvironment } from './ort-environment.ts';
import { appendTensorRt } from './tensorrt-provider.ts';

/** ORT_ENABLE_ALL. */
const everyOptimisation = 99;

/** The receiver shares the cores: waiting threads must sleep, not spin. */
const always = { 'session.intra_op.allow_spinning': '0' };

/** Nodes that the provider does not take are an error that we see, instead of a network that is slow and different. */
const onlyProvider = { 'session.disable_cpu_ep_fallback': '1' };

/** The processor is what there is without more. A provider that does not work is never passed over. */
function appendProvider(environment: OrtEnvironment, options: bigint, provider: Provider): void {
  if (provider.name === 'cpu') return;
  try {
    appendTensorRt(environment, options, provider.options);
  } catch (cause) {
    const why = `the provider ${provider.name} is missing or refuses: ${(cause as Error).message}`;
    throw new ScansideError('ENGINE_LIBRARY_REFUSED', why, { cause });
  }
}

/** OrtSessionOptions for one session. Throws OrtError, and ENGINE_LIBRARY_REFUSED for a provider that does not work. */
export function makeOptions(
  environment: OrtEnvironment,
  { provider, threads, entries }: Pick<SessionSettings, 'provider' | 'threads' | 'entries'>,
): bigint {
  const { library } = environment;
  const options = library.get('CreateSessionOptions');
  try {
    library.check('SetIntraOpNumThreads', options, threads);
    library.check('SetInterOpNumThreads', options, 1);
    library.check('SetSessionGraphOptimizationLevel', options, everyOptimisation);
    library.check('SetSessionLogSeverityLevel', options, logSeverity);
    const alone = provider.name === 'cpu' ? {} : onlyProvider;
    for (const [key, value] of Object.entries({ ...always, ...entries, ...alone }))
      library.check('AddSessionConfigEntry', options, key, value);
    appendProvider(environment, options, provider);
    return options;
  } catch (error) {
    library.call('ReleaseSessionOptions', options);
    throw error;
  }
}
