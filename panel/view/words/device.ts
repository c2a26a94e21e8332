import { deviceCodes } from './device-code.ts';
import { deviceLabels } from './device-label.ts';

/** Words of the device page. */
export const deviceWords = {
  en: { ...deviceLabels.en, ...deviceCodes.en },
  de: { ...deviceLabels.de, ...deviceCodes.de },
  es: { ...deviceLabels.es, ...deviceCodes.es },
  ja: { ...deviceLabels.ja, ...deviceCodes.ja },
};
