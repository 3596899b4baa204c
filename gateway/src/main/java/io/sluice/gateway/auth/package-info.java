/** Who calls, and what they may do. */
@NullMarked
package io.sluice.gateway.auth;

import org.jspecify.annotations.NullMarked;
