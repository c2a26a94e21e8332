import type { Page } from 'playwright-core';

/**
 * What is too small to be hit with a finger in a glove. Links within running text are the one exception: a line of text
 * is as high as it is.
 */
const smallTargets = `(() => {
  const least = 56;
  const targets = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [role=tab]';
  const isInText = (each) => each.matches('p a, dd a, td a, li a') && getComputedStyle(each).display === 'inline';
  const hitArea = (each) => each.matches('[type=checkbox], [type=radio]') && each.closest('label') || each;
  return [...document.querySelectorAll(targets)].filter((each) => each.checkVisibility() && !isInText(each))
    .map((each) => [each, hitArea(each).getBoundingClientRect()])
    .filter(([, { width, height }]) => width > 0 && (width < least - 0.5 || height < least - 0.5))
    .map(([each, { width, height }]) => nameOf(each) + ' is ' + Math.round(width) + ' x ' + Math.round(height));
})()`;

/** What makes the page scroll sideways, sticks out of its box, or is cut off without a way to scroll there. */
const cut = `(() => {
  const view = document.documentElement;
  const faults = view.scrollWidth > view.clientWidth ? ['the page scrolls sideways: ' + view.scrollWidth] : [];
  const scrolls = (style) => /auto|scroll/.test(style.overflowX + style.overflowY);
  for (const each of document.querySelectorAll('body *')) {
    if (!each.checkVisibility() || each.matches('canvas, svg *, .unseen-word, option')) continue;
    const style = getComputedStyle(each);
    if (each.clientWidth <= 1 || style.display === 'inline') continue;
    const over = each.scrollWidth - each.clientWidth;
    if (over > 1 && !scrolls(style)) faults.push(nameOf(each) + ' is ' + over + ' px too narrow');
    const under = each.scrollHeight - each.clientHeight;
    if (under > 1 && /hidden|clip/.test(style.overflowY)) faults.push(nameOf(each) + ' is ' + under + ' px too low');
    const { left, right } = each.getBoundingClientRect();
    const inScroller = each.parentElement.closest('.table-frame, .tabs, nav');
    if (!inScroller && (left < -1 || right > view.clientWidth + 1)) faults.push(nameOf(each) + ' leaves the screen');
  }
  return faults;
})()`;

/** How an element is told: tag, classes, and the start of its words. */
const nameOf = `const nameOf = (each) => [each.tagName.toLowerCase(), ...each.classList].join('.') +
  ' "' + (each.textContent || each.name || '').trim().slice(0, 30) + '"';`;

const evaluate = (page: Page, what: string) =>
  page.evaluate<string[]>(`(() => { ${nameOf} return ${what}; })()`);

/** Targets that are smaller than 56 px. */
export function smallTargetsOf(page: Page): Promise<string[]> {
  return evaluate(page, smallTargets);
}

/** What does not fit. */
export function cutOf(page: Page): Promise<string[]> {
  return evaluate(page, cut);
}

/** Names of what moves or blinks. */
export function blinkingOf(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(
    `document.getAnimations().filter(({ playState }) => playState === 'running')
      .map((each) => each.animationName ?? each.transitionProperty)`,
  );
}
