import { Global, Module } from '@nestjs/common';
import { AuthController } from './auth.controller.js';
import { TokenService } from './token.service.js';
import { UsersService } from './users.service.js';

@Global()
@Module({
  controllers: [AuthController],
  providers: [TokenService, UsersService],
  exports: [TokenService, UsersService],
})
export class AuthModule {}
