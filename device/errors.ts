import { accessErrors } from './access-errors.ts';
import { enrolmentErrors } from './enrolment-errors.ts';
import type { ErrorEntry, ErrorKind } from './error-entry.ts';
import { keyErrors } from './key-errors.ts';
import { qualityErrors } from './quality-errors.ts';
import { mqttErrors } from './mqtt-errors.ts';
import { provisioningErrors } from './provisioning-errors.ts';
import { updateErrors } from './update-errors.ts';

export type { ErrorKind } from './error-entry.ts';

/** Every error code of Scanside. `docs/errors.md` is made from this table. */
export const errorCatalogue = {
  CONFIG_UNREADABLE: {
    kind: 'caller',
    means: 'the configuration file cannot be read or is not JSON',
    remedy:
      'Check the path in SCANSIDE_CONFIG and the file’s syntax; nothing was started or changed.',
  },
  CONFIG_INVALID: {
    kind: 'caller',
    means: 'the configuration has a wrong, missing or unknown key',
    remedy:
      'Correct the keys named in the message; docs/configuration.md lists every key. Nothing was started or changed.',
  },
  NODE_TOO_OLD: {
    kind: 'caller',
    means: 'the program was started with a Node older than 24',
    remedy: 'Start it with `npm start` or `npm run demo`, which bring their own Node.',
  },
  DATA_FOLDER_IN_USE: {
    kind: 'caller',
    means: 'another appliance uses the data folder',
    remedy: 'Stop the other one, or give each its own dataFolder in the configuration.',
  },
  PORT_IN_USE: {
    kind: 'world',
    means: 'the address to listen on is taken or not this machine’s',
    remedy: 'Stop the other program or choose another host or port in the configuration.',
  },
  PANEL_NOT_BUILT: {
    kind: 'caller',
    means: 'the files of the panel’s pages are missing',
    remedy:
      'Start it with `npm start`, which makes them, or run `npm run build` for what is shipped.',
  },
  ACT_REFUSED: {
    kind: 'caller',
    means: 'what was asked for on the panel is not possible now',
    remedy: 'Read the reason in the message; nothing was changed.',
  },
  EXAM_UNKNOWN: {
    kind: 'caller',
    means: 'the panel was asked for an exam that this device does not have',
    remedy: 'Load the list again; exams that were erased are gone from it.',
  },
  OUTCOME_CHANGED: {
    kind: 'caller',
    means: 'the exam has another result than the one that was on the screen',
    remedy: 'Look at the new result, then decide again; nothing was changed.',
  },
  ...accessErrors,
  ...updateErrors,
  ...qualityErrors,
  ...mqttErrors,
  ...provisioningErrors,
  ...enrolmentErrors,
  PDU_MALFORMED: {
    kind: 'caller',
    means: 'the peer sent a PDU that breaks PS3.8 or a limit',
    remedy:
      'Nothing to do here: the association was aborted. If it recurs, report the peer’s software to its vendor.',
  },
  DIMSE_MALFORMED: {
    kind: 'caller',
    means: 'the peer sent a command set that breaks PS3.7 or a limit',
    remedy:
      'Nothing to do here: the association was aborted. If it recurs, report the peer’s software to its vendor.',
  },
  ASSOCIATION_REJECTED: {
    kind: 'world',
    means: 'the peer rejected the association',
    remedy:
      'Read the reason in the message: for an AE title not recognised, have the peer’s administrator add this device.',
  },
  PEER_BUSY: {
    kind: 'world',
    means: 'the peer rejected the association for the moment',
    remedy: 'It is tried again by itself. If it recurs, have the peer allow more associations.',
  },
  ASSOCIATION_ABORTED: {
    kind: 'world',
    means: 'the association ended before the operation did',
    remedy:
      'It is tried again by itself. If it recurs, look at the peer’s log and the network between.',
  },
  PEER_UNREACHABLE: {
    kind: 'world',
    means: 'no TCP connection to the peer',
    remedy: 'Check host, port, cable and firewall. It is tried again by itself.',
  },
  TLS_FAILED: {
    kind: 'world',
    means: 'no secure connection to the peer',
    remedy:
      'Check the certificates of both sides: their authority, their names and their dates. It is tried again by itself.',
  },
  PEER_TIMEOUT: {
    kind: 'world',
    means: 'the peer did not answer in time',
    remedy: 'It is tried again by itself. If it recurs, look at the peer’s load and log.',
  },
  PEER_DENIED: {
    kind: 'world',
    means: 'the peer does not know this device, or no longer',
    remedy:
      'Renew the token in the destination’s token file, or check the certificate. It is tried again by itself.',
  },
  CONTEXT_NOT_ACCEPTED: {
    kind: 'world',
    means: 'the peer accepted no presentation context for the SOP class',
    remedy: 'Have the peer’s administrator enable the SOP class named in the message.',
  },
  STORE_REFUSED: {
    kind: 'world',
    means: 'the destination refused an object for the moment',
    remedy:
      'It is tried again by itself. If it recurs, have the destination’s administrator look up the status: 0xA7xx is a lack of space.',
  },
  OBJECT_NOT_TAKEN: {
    kind: 'world',
    means: 'the destination refused an object in every form that it may have',
    remedy:
      'Have the destination’s administrator look up the status in its log, or send it fewer kinds of `objects`. It is offered again by itself.',
  },
  COMMITMENT_REFUSED: {
    kind: 'world',
    means: 'the destination refused a request for storage commitment',
    remedy:
      'Have its administrator permit Storage Commitment to this device, or set `commitment` to false for it. It is asked again by itself.',
  },
  COMMITMENT_DENIED: {
    kind: 'world',
    means: 'the destination does not answer for objects that it had accepted',
    remedy:
      'They are sent again by themselves. If it recurs, have its administrator look at its storage.',
  },
  COMMITMENT_UNANSWERED: {
    kind: 'world',
    means: 'the destination does not report on the storage of objects that it has accepted',
    remedy:
      'Have its administrator enter AE title, address and port of this device, to which it reports. The objects are sent and asked for again by themselves.',
  },
  DATA_SET_UNREADABLE: {
    kind: 'caller',
    means: 'a data set cannot be parsed within the limits',
    remedy: 'The object is kept in quarantine with its reason; the sender’s log names the object.',
  },
  SPOOL_CORRUPT: {
    kind: 'world',
    means: 'a stored record fails its checksum where no crash explains it',
    remedy:
      'The damaged segment is kept aside. Check the disk’s health, then send the study again from the scanner.',
  },
  ...keyErrors,
  BUNDLE_INVALID: {
    kind: 'caller',
    means: 'a model bundle breaks a loader rule',
    remedy:
      'Do not use it. The message names the rule; ask the model’s supplier for a corrected bundle.',
  },
  SCORES_INVALID: {
    kind: 'caller',
    means: 'scores, labels or the question asked of them allow no figure',
    remedy:
      'Correct the row, the column or the option that the message names. Nothing was computed or written.',
  },
  MODEL_FAULT: {
    kind: 'world',
    means:
      'a model cannot be run, fails its self-test or answers with something that is no probability',
    remedy:
      'The images concerned are reported as not analysed. If it recurs, pause the model and tell its supplier.',
  },
  ENGINE_FAILED: {
    kind: 'world',
    means: 'the engine process ended or did not answer',
    remedy:
      'It is started again by itself and the work is repeated once. If it recurs, pause the model.',
  },
  DRAWING_FAILED: {
    kind: 'world',
    means: 'a picture of where a model reacted could not be drawn',
    remedy:
      'The report has been sent without it. If it recurs, report the kind of image to the maker of this device.',
  },
  ENGINE_LIBRARY_REFUSED: {
    kind: 'caller',
    means:
      'the library that runs networks is not the one that is needed, or its accelerator cannot be used',
    remedy:
      'The message names the file and the reason. Install the library that belongs to this release, complete, or take the setting back.',
  },
  ENGINE_CACHE_REFUSED: {
    kind: 'world',
    means: 'a compiled graph is not what this device stored there, and is not run',
    remedy:
      'It was removed and is built again by itself; the CPU serves meanwhile. If it recurs, find out who had access.',
  },
  ENGINE_BUILD_FAILED: {
    kind: 'world',
    means: 'a model cannot be compiled for the accelerator',
    remedy:
      'The model runs on the CPU. The message says why; it is tried again at the next start. Tell the model’s supplier.',
  },
  INFERENCE_SERVER_FAULT: {
    kind: 'world',
    means: 'the inference server refuses, or answers with what is no result of the network',
    remedy:
      'The network runs on this device meanwhile, and the server is tried again by itself. Look at the server’s log.',
  },
  MODEL_MISMATCH: {
    kind: 'world',
    means: 'the inference server has another network under the name',
    remedy:
      'The network runs on this device meanwhile. Lay out the server’s models anew with `scanside model triton`.',
  },
  IMAGE_REFUSED: {
    kind: 'caller',
    means: 'an image cannot be taken into a data set',
    remedy: 'The message names the reason. Export the image again as DICOM, or leave it out.',
  },
  DATASET_INVALID: {
    kind: 'caller',
    means: 'a data set, or the table it is made from, is wrong',
    remedy:
      'Correct the rows or files named in the message and run the command again; nothing was written.',
  },
  PLATFORM_MISMATCH: {
    kind: 'caller',
    means: 'the image was built for another L4T (JetPack) than the device runs',
    remedy:
      'Networks run on the CPU meanwhile. Install the image that was built for the device’s JetPack, or update the device.',
  },
  SUPERVISOR_UNREACHABLE: {
    kind: 'world',
    means: 'balena’s supervisor does not answer',
    remedy:
      'It is asked again by itself. If it recurs, restart the supervisor from the host; analysis does not depend on it.',
  },
  SUPERVISOR_REFUSED: {
    kind: 'caller',
    means: 'balena’s supervisor does not accept the service’s key or request',
    remedy:
      'Check the label io.balena.features.supervisor-api of the service, then restart it: that gives it a new key.',
  },
  SUPERVISOR_LOCKED: {
    kind: 'world',
    means: 'an update lock forbids what balena’s supervisor was asked for',
    remedy: 'Wait until the work that holds the lock is done, or ask again with force.',
  },
  SUPERVISOR_FAILED: {
    kind: 'world',
    means: 'balena’s supervisor failed, or answered what nobody can read',
    remedy: 'It is asked again by itself. If it recurs, look at the supervisor’s log on the host.',
  },
  UPDATE_LOCK_UNAVAILABLE: {
    kind: 'world',
    means: 'the lock that keeps updates away cannot be taken',
    remedy:
      'Work goes on, but an update may end it; it is then done again. If another holds the lock, an update is due now.',
  },
  AUDIT_EVENT_INVALID: {
    kind: 'caller',
    means: 'an audit event is not one of the catalogue, or a field of it is not of its form',
    remedy:
      'Nothing was recorded. docs/audit-events.md lists every event and the form of its fields.',
  },
  AUDIT_UNWRITABLE: {
    kind: 'world',
    means: 'the audit log could not be written to the disk',
    remedy:
      'What was to be recorded is not; the next record tries the disk again. Look at the disk’s health and free space.',
  },
  AUDIT_FULL: {
    kind: 'world',
    means: 'the space that is kept for the audit log is used up',
    remedy:
      'Export the log and have the hospital’s repository take it over, or raise the quota. Nothing is overwritten.',
  },
  AUDIT_KEY_UNUSABLE: {
    kind: 'caller',
    means: 'a key for the audit log is missing, is none, or is not the one it was made for',
    remedy:
      'The device signs with Ed25519 and seals for an X25519 key of the hospital; give the PEM file of the right pair.',
  },
  AUDIT_UNREADABLE: {
    kind: 'caller',
    means: 'what was given is no audit log, or a record of it is not as it was written',
    remedy:
      'Check the path; run `scanside audit verify`, which names the first record that is wrong.',
  },
  AUDIT_SERVER_UNTRUSTED: {
    kind: 'world',
    means: 'the certificate of an audit repository is of another authority, or not valid now',
    remedy:
      'Check the authority that is configured for it and the dates of its certificate. Records wait meanwhile; it is tried again by itself.',
  },
  AUDIT_SERVER_MISNAMED: {
    kind: 'world',
    means: 'the certificate of an audit repository is for another name',
    remedy:
      'Check host and server name in the configuration, or have the certificate reissued. Records wait meanwhile; it is tried again by itself.',
  },
  AUDIT_CLIENT_REFUSED: {
    kind: 'world',
    means:
      'an audit repository ended the connection at once: it does not accept this device’s certificate, or was shown none',
    remedy:
      'Configure a certificate and key that its authority has signed, and have its administrator enter this device’s name. Records wait meanwhile; it is tried again by itself.',
  },
  AUDIT_RECORD_REFUSED: {
    kind: 'world',
    means: 'an audit repository refused a record',
    remedy:
      'Have its administrator look up the status in its log. Nothing is passed over: this record and those behind it wait, and are offered again by themselves.',
  },
  INTERNAL: {
    kind: 'internal',
    means: 'a state that the program excludes',
    remedy: 'The program stops and starts again. Send the log to the maker.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

/** An error that names its code, what happened in this case and, through the catalogue, what to do about it. */
export class ScansideError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, detail: string, options?: ErrorOptions) {
    super(`${code}: ${errorCatalogue[code].means}: ${detail}`, options);
    this.name = 'ScansideError';
    this.code = code;
  }

  get kind(): ErrorKind {
    return errorCatalogue[this.code].kind;
  }

  get remedy(): string {
    return errorCatalogue[this.code].remedy;
  }
}
