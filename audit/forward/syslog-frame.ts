/** What goes before a message: RFC 5424 6.2, PS3.15 A.6. */
export interface SyslogHead {
  /** UTC, ISO 8601. */
  at: string;
  host: string;
  application: string;
  process: string;
  /** Names the log, and where in it the record stands. */
  logId: string;
  sequence: number;
  /** It may have been sent before. */
  again: boolean;
}

/** Facility 10 (security), severity 5 (notice): PS3.15 A.6.1. */
const priority = 10 * 8 + 5;
const messageId = 'DICOM+RFC3881';
/** RFC 5424 6.3.2: a name of one's own bears an enterprise number; this one is for those who have none (RFC 5612). */
const structuredName = 'scanside@32473';

/**
 * One syslog message in the framing of RFC 5425 4.3: its length in bytes, a space, the message. The byte order mark
 * says that it is UTF-8 (RFC 5424 6.4).
 */
export function frameSyslog(head: SyslogHead, xml: string): Buffer {
  const { at, host, application, process, logId, sequence, again } = head;
  const names = [nameOf(host, 255), nameOf(application, 48), nameOf(process, 128)].join(' ');
  const doubled = again ? ' again="1"' : '';
  const data = `[${structuredName} log="${logId}" record="${sequence}"${doubled}]`;
  const message = Buffer.from(`<${priority}>1 ${at} ${names} ${messageId} ${data} \uFEFF${xml}`);
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}

/** Printable US-ASCII without a space, or `-` for nothing (RFC 5424 6). */
function nameOf(text: string, longest: number): string {
  return text.replaceAll(/[^\x21-\x7e]/g, '_').slice(0, longest) || '-';
}
