import { Body, Controller, Get, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import type { LoginReply, LoginRequest, RenewReply, UsersReply } from 'tabcast/contract';
import { z } from 'zod';
import { AuthGuard, type AuthenticatedRequest } from './auth.guard.js';
import { LoginLimitGuard } from './login-limit.guard.js';
import { TokenService } from './token.service.js';
import { userName, userOf } from './user-name.js';
import { UsersService } from './users.service.js';

const loginSchema = z.object({ name: userName }) satisfies z.ZodType<LoginRequest>;

@Controller('api')
export class AuthController {
  constructor(
    private readonly tokens: TokenService,
    private readonly users: UsersService,
  ) {}

  /** A demo login: whoever names a name is that user. */
  @Post('login')
  @UseGuards(LoginLimitGuard)
  @HttpCode(200)
  async login(@Body({ schema: loginSchema }) { name }: LoginRequest): Promise<LoginReply> {
    const user = userOf(name);
    await this.users.save(user);
    return { ...(await this.tokens.issue(user)), user };
  }

  /** For whoever is logged in to stay so. */
  @Post('renew')
  @HttpCode(200)
  @UseGuards(AuthGuard)
  renew(@Req() { user }: AuthenticatedRequest): Promise<RenewReply> {
    return this.tokens.issue(user);
  }

  @Get('users')
  @UseGuards(AuthGuard)
  async list(): Promise<UsersReply> {
    return { users: await this.users.newest(1000) };
  }
}
