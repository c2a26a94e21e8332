import type { ErrorEntry } from './error-entry.ts';

/** What can go wrong with who may use the panel. */
export const accessErrors = {
  SETUP_NEEDED: {
    kind: 'caller',
    means: 'nobody has an account on this device yet',
    remedy:
      'Open the panel and make the first administrator with the setup code from the appliance’s log.',
  },
  SETUP_REFUSED: {
    kind: 'caller',
    means: 'the first administrator cannot be made so',
    remedy:
      'Take the setup code from the newest start in the appliance’s log. Where there is an account already, sign in with it.',
  },
  SIGN_IN_NEEDED: {
    kind: 'caller',
    means: 'the panel shows this only to somebody who is signed in',
    remedy: 'Sign in, then try again.',
  },
  SIGN_IN_FAILED: {
    kind: 'caller',
    means: 'what was shown for signing in is not right',
    remedy:
      'Try again. After five failures the account waits a minute, and longer each time. An administrator can set a new PIN.',
  },
  ACCOUNT_LOCKED: {
    kind: 'caller',
    means: 'the account waits after failures to sign in',
    remedy:
      'Wait up to 15 minutes, or have the account unlocked on the page Users or with `scanside user unlock`.',
  },
  TOO_MANY_REQUESTS: {
    kind: 'caller',
    means: 'the panel was asked too often',
    remedy: 'Wait a minute, then try again.',
  },
  PERMISSION_DENIED: {
    kind: 'caller',
    means: 'this role may not do this',
    remedy: 'Ask somebody whose role allows it; docs/panel-access.md lists who may do what.',
  },
  ORIGIN_REFUSED: {
    kind: 'caller',
    means: 'the request did not come from a page of this panel',
    remedy: 'Open the panel by its own address, then try again.',
  },
  FORM_EXPIRED: {
    kind: 'caller',
    means: 'the form belongs to a session that is over',
    remedy: 'Load the page again, then try again; nothing was changed.',
  },
  FORM_INVALID: {
    kind: 'caller',
    means: 'a form has fields that cannot be read',
    remedy: 'Load the page again and fill it in anew; nothing was changed.',
  },
  ACCOUNT_INVALID: {
    kind: 'caller',
    means: 'an account cannot be made or changed so',
    remedy:
      'Correct what the message names; docs/panel-access.md has the rules. Nothing was changed.',
  },
  ACCOUNT_UNKNOWN: {
    kind: 'caller',
    means: 'there is no such account',
    remedy: 'List the accounts on the page Users or with `scanside user list`.',
  },
  PROVIDER_FAILED: {
    kind: 'world',
    means: 'signing in by the site’s identity provider has failed',
    remedy:
      'Try again, or sign in with an account of this device. If it recurs, check panel.oidc and the provider.',
  },
  PROVIDER_REFUSED: {
    kind: 'caller',
    means: 'the site’s identity provider gives this person no name or no role here',
    remedy:
      'Have the person put into a group that panel.oidc.roles names, or sign in with an account of this device.',
  },
  DATA_FOLDER_UNKNOWN: {
    kind: 'caller',
    means: 'there is no such data folder',
    remedy:
      'Name the appliance’s data folder with --data, or its configuration in SCANSIDE_CONFIG; start the appliance once.',
  },
  ACCOUNTS_UNUSABLE: {
    kind: 'caller',
    means: 'the file with the panel’s accounts is lost or damaged, and nobody is let in',
    remedy:
      'Restore the folder `access` of the data folder from a backup, or remove it and start again: the panel then asks for its setup code. Images are received and sent meanwhile.',
  },
} as const satisfies Record<string, ErrorEntry>;
