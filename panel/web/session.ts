/** Goes where one signs in, once the server says that nobody is signed in here any more. */
export function leaveIfSignedOut(status: number): void {
  if (status === 401) location.assign('/sign-in');
}

/** Asks whether anybody is still signed in. A stream of events that is refused does not say why. */
export async function checkSession(): Promise<void> {
  try {
    const { status } = await fetch('/api/exams', { method: 'HEAD' });
    leaveIfSignedOut(status);
  } catch {
    // Nobody answers at all: that is for the stream to say.
  }
}
