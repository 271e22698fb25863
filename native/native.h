/* What the compiled module is made of. Each function here does what its twin in Python does, for the usual case. */
#define Py_LIMITED_API 0x030B0000 /* one build serves Python 3.11 and all later ones */
#include <Python.h>

/* What `take_levels` needs to know of Python's side; there is one for each module object. */
typedef struct {
    PyTypeObject *raw; /* msgspec.Raw */
    PyObject *price, *qty, *keys, *fragments, *rows, *sign, *touched, *prices, *learn;
} Names;

PyObject *take_run(PyObject *module, PyObject *const *arguments, Py_ssize_t count);
PyObject *take_levels(PyObject *module, PyObject *const *arguments, Py_ssize_t count);
