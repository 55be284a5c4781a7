import { startServer } from './app.js';
import { StartupError } from './common/startup-error.js';
import { readConfig } from './config.js';

try {
  const server = await startServer(readConfig(process.env));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
  console.log(`listening on ${server.url}`);

  async function stop(): Promise<void> {
    // Whatever hangs must not keep whoever wants the server gone waiting.
    setTimeout(() => process.exit(0), 3000).unref();
    await server.close();
    process.exit(0);
  }
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exit(1);
}
