package io.sluice.recovery.backup.target.s3;

/**
 * A part that the endpoint has.
 *
 * @param number from 1
 * @param etag what the endpoint calls it, as sent
 */
record SentPart(int number, String etag, Sent sent) {}
