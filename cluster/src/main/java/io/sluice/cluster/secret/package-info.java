/**
 * The cluster secret, and the certificates by which nodes prove to each other that they know it.
 */
@NullMarked
package io.sluice.cluster.secret;

import org.jspecify.annotations.NullMarked;
