/** A gateway over fakes, and a client that signs. */
package io.sluice.gateway.testing;
