/** What a child process may do beyond computing, reading, and talking to its parent and the network. */
export interface Confinement {
  /** Loads native code, which no rule of Node's binds any more. */
  addons?: boolean;
  /** Starts programs, which no rule of Node's binds at all. */
  children?: boolean;
}

/**
 * Flags of Node's permission model for a process that decodes images or runs models: it may read, and what it is not
 * given it is refused with ERR_ACCESS_DENIED, writing first of all, whatever an image or a model has made of it. Node 24
 * does not restrict the network, and refuses fsync to every confined process: the receiver, whose promise is fsync,
 * cannot be one.
 */
export function confine({ addons, children }: Confinement = {}): string[] {
  return [
    '--permission',
    '--allow-fs-read=*',
    ...(addons ? ['--allow-addons'] : []),
    ...(children ? ['--allow-child-process'] : []),
    // Of the flags themselves; what they leave open stands in docs/security/threat-model.md.
    '--disable-warning=SecurityWarning',
  ];
}
