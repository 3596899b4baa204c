/** A request on its way through the gateway, and what handles it. */
@NullMarked
package io.sluice.gateway.call;

import org.jspecify.annotations.NullMarked;
