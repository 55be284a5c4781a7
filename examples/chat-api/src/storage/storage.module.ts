import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { StartupError } from '../common/startup-error.js';
import { Config } from '../config.js';
import { Database } from './database.js';
import { Epoch } from './epoch.js';
import { migrate } from './migrations.js';
import { PgliteDatabase } from './pglite-database.js';
import { PostgresDatabase } from './postgres-database.js';

@Global()
@Module({
  providers: [
    { provide: Database, inject: [Config], useFactory: openDatabase },
    { provide: Epoch, inject: [Database], useFactory: Epoch.load },
  ],
  exports: [Database, Epoch],
})
export class StorageModule implements OnApplicationShutdown {
  constructor(@Inject(Database) private readonly database: Database) {}

  onApplicationShutdown(): Promise<void> {
    return this.database.close();
  }
}

async function openDatabase(config: Config): Promise<Database> {
  try {
    const database = config.databaseUrl
      ? new PostgresDatabase(config.databaseUrl)
      : await PgliteDatabase.open(config.dataDir);
    await migrate(database);
    return database;
  } catch (error) {
    const where = config.databaseUrl ? 'DATABASE_URL' : (config.dataDir ?? 'memory');
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(`unable to open the database (${where}); ${reason}`, { cause: error });
  }
}
