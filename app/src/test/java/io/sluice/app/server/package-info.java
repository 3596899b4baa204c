@NullMarked
package io.sluice.app.server;

import org.jspecify.annotations.NullMarked;
