/** The HTTP front: connections, dispatch, limits, metrics, the access log. */
@NullMarked
package io.sluice.gateway.http;

import org.jspecify.annotations.NullMarked;
