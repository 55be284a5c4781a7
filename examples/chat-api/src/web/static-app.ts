import { join } from 'node:path';
import express, { type NextFunction, type Request, type Response, Router } from 'express';

/** Serves a built single-page app: its files, and `index.html` for every page of its own. */
export function staticApp(dir: string): Router {
  const router = Router();
  router.use(
    express.static(dir, {
      setHeaders: (response, path) => response.setHeader('Cache-Control', caching(dir, path)),
    }),
  );
  router.use((request: Request, response: Response, next: NextFunction) => {
    if (!isPage(request)) return next();
    response.setHeader('Cache-Control', 'no-cache');
    response.sendFile(join(dir, 'index.html'));
  });
  return router;
}

/** Bundlers put a hash of the content into the names of what is in `assets`. */
function caching(dir: string, path: string): string {
  return path.startsWith(join(dir, 'assets')) ? 'public, max-age=31536000, immutable' : 'no-cache';
}

function isPage(request: Request): boolean {
  const { method, path } = request;
  const reading = method === 'GET' || method === 'HEAD';
  const own = !/^\/(api|rt|health|socket\.io)(\/|$)/.test(path) && !/\.\w+$/.test(path);
  return reading && own && request.accepts(['html', 'json']) === 'html';
}
