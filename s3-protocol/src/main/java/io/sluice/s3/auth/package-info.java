/**
 * Signature Version 4: who signed a request, and whether the signature holds. Parsing and
 * verification for the server, signing for clients, tests and benchmarks.
 */
@NullMarked
package io.sluice.s3.auth;

import org.jspecify.annotations.NullMarked;
