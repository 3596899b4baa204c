package io.sluice.s3.auth;

/**
 * A request whose signature holds.
 *
 * @param accessKeyId who signed it
 * @param payload what the body must live up to
 */
public record VerifiedRequest(String accessKeyId, PayloadSigning payload) {}
