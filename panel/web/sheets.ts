import type { Acting } from '../view/acts/acting.ts';

const retryAfter = 2_000;

/** Fetches what asks before it acts, as soon as the page stands; again and again where it does not come. */
export async function fetchSheets(acting: Acting): Promise<void> {
  try {
    const { sheetViews } = await import('../view/acts/sheet-views.ts');
    acting.sheetViews.value = sheetViews;
  } catch {
    window.setTimeout(() => void fetchSheets(acting), retryAfter);
  }
}
