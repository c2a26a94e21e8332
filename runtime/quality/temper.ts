import type { Conclusion } from '../../models/outcome.ts';
import { fallbackEffects, type FallbackState } from '../../quality/fallback.ts';

/**
 * What may be said of a conclusion while a model is trusted so far. `stands`: an earlier result on the same exam is
 * flagged: late images must not hide that. What has no answer anyway keeps its own reason.
 */
export function temperConclusion(
  conclusion: Conclusion,
  state: FallbackState,
  stands: boolean,
): Conclusion {
  const { bundle, mark } = fallbackEffects[state];
  if (conclusion.state === 'not-analysed') return conclusion;
  const flag: Conclusion = { ...conclusion, secondLook: true };
  if (bundle !== 'none')
    return mark === 'second-look' && conclusion.state === 'flagged' ? flag : conclusion;
  if (conclusion.state === 'flagged' && stands) return flag;
  const detail = 'The model is paused by rule or by a person; see the page on quality';
  return { state: 'not-analysed', reason: 'drift-fallback', detail };
}
