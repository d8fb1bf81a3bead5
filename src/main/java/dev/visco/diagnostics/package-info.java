/** Floor 4. Why a VM does not work: diagnoses on request, experiments with copies, bundles. */
@NullMarked
package dev.visco.diagnostics;

import org.jspecify.annotations.NullMarked;
