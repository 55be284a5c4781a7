/** A reason not to start that its message explains to whoever runs the server. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
