/** Header with which the page asks for itself: whoever only leaves it open is signed out all the same. */
export const liveHeader = 'x-scanside-live';

/**
 * What keeps a view of the fleet up to date: it fetches the page again and puts the new content in place of the old,
 * unless somebody is within it. An XMLHttpRequest hands over a document that nothing of ours has parsed, so that Trusted
 * Types can stay as strict as they are.
 */
export const liveScript = `'use strict';
const every = 10000;
const lost = document.querySelector('.lost');
const isUsed = (main) =>
  main.contains(document.activeElement) || main.querySelector('details[open]') !== null;
function look() {
  const request = new XMLHttpRequest();
  request.responseType = 'document';
  request.timeout = every;
  request.open('GET', location.href);
  request.setRequestHeader('${liveHeader}', '1');
  request.onloadend = () => {
    const fresh = request.status === 200 && request.response && request.response.querySelector('main');
    lost.hidden = request.status !== 0 && request.status < 500;
    if (request.status === 200 && !request.responseURL.startsWith(location.href.split('#')[0])) location.reload();
    else if (fresh && !isUsed(document.querySelector('main')))
      document.querySelector('main').replaceWith(document.adoptNode(fresh));
    setTimeout(look, every);
  };
  request.send();
}
setTimeout(look, every);
`;
