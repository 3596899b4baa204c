package io.sluice.gateway.auth;

import io.sluice.s3.auth.PayloadSigning;

/**
 * A request whose sender is known.
 *
 * @param payload what the body must live up to
 */
public record Authenticated(Caller caller, PayloadSigning payload) {}
