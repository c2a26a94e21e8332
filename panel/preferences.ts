import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Language, PanelSettings } from './settings.ts';
import { languages } from './settings.ts';
import type { Shell } from './view/state.ts';
import { catalogueOf } from './view/words/catalogue.ts';
import { pseudoCatalogue } from './view/words/pseudo.ts';

/** How this browser wants the panel; `?language=de` and `?theme=light` on any page change it. */
type Preferences = Pick<Shell, 'language' | 'direction' | 'theme' | 'words' | 'masked'>;

/** What can be chosen: the languages, and two that test whether everything is translated, fits, and can be mirrored. */
const chosen = [...languages, 'x-long', 'x-mirrored'] as const;
type Chosen = (typeof chosen)[number];

const oneYear = 365 * 24 * 3600;

/** Reads what a browser wants and keeps what it has just chosen. Nothing secret, so a plain cookie does. */
export function readPreferences(
  request: FastifyRequest,
  reply: FastifyReply,
  settings: PanelSettings,
): Preferences {
  const query = request.query as Record<string, unknown>;
  const cookies = request.headers.cookie ?? '';
  const language =
    pick(query['language'], 'language', chosen, cookies, reply) ?? accepted(request, settings);
  const theme = pick(query['theme'], 'theme', ['dark', 'light'] as const, cookies, reply) ?? 'dark';
  return { theme, masked: /(?:^|; )scanside-masked=1/.test(cookies), ...speak(language) };
}

function speak(language: Chosen): Omit<Preferences, 'theme' | 'masked'> {
  if (language === 'x-long')
    return { language: 'en', direction: 'ltr', words: pseudoCatalogue(catalogueOf('en')) };
  if (language === 'x-mirrored')
    return { language: 'en', direction: 'rtl', words: catalogueOf('en') };
  return { language, direction: 'ltr', words: catalogueOf(language) };
}

function pick<Choice extends string>(
  asked: unknown,
  name: string,
  choices: readonly Choice[],
  cookies: string,
  reply: FastifyReply,
): Choice | undefined {
  const wanted = choices.find((choice) => choice === asked);
  if (wanted) {
    reply.header(
      'set-cookie',
      `scanside-${name}=${wanted}; Path=/; Max-Age=${oneYear}; SameSite=Strict`,
    );
    return wanted;
  }
  const kept = new RegExp(`(?:^|; )scanside-${name}=([a-z-]+)`).exec(cookies)?.[1];
  return choices.find((choice) => choice === kept);
}

/** The first language of the browser that we speak (RFC 9110, 12.5.4), or the site's. */
function accepted(request: FastifyRequest, { language }: PanelSettings): Language {
  const asked = (request.headers['accept-language'] ?? '').split(',');
  const codes = asked.map((part) => part.trim().slice(0, 2).toLowerCase());
  return (
    codes
      .map((code) => languages.find((known) => known === code))
      .find((known) => known !== undefined) ?? language
  );
}
