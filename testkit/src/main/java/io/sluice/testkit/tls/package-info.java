/** Certificates for tests. */
@NullMarked
package io.sluice.testkit.tls;

import org.jspecify.annotations.NullMarked;
