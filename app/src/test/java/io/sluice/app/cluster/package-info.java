@NullMarked
package io.sluice.app.cluster;

import org.jspecify.annotations.NullMarked;
