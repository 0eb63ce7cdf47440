/**
 * What the page may do, as its server says it with every answer (scripts/serve.mjs) and, as far as a page can say it of
 * itself, in a meta tag for static hosts that send no headers (vite.config.ts). Everything comes from the page's own
 * origin, nothing is inline, nothing is evaluated, and nobody may frame it.
 */

/** Directives that a meta tag can carry. `data:` and `blob:` pictures are those that the page makes itself. */
const DIRECTIVES = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
]

/** The policy as a meta tag carries it; a browser ignores `frame-ancestors` there. */
export const META_POLICY = DIRECTIVES.join('; ')

/** @type {Readonly<Record<string, string>>} */
export const HEADERS = {
  'Content-Security-Policy': [...DIRECTIVES, "frame-ancestors 'none'"].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
}
