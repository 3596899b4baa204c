/** What the cluster consists of, as the metadata says. */
@NullMarked
package io.sluice.cluster.view;

import org.jspecify.annotations.NullMarked;
