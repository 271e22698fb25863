/* Take runs of whole text frames out of a chunk: the loop of `textframes.take_run_slowly`, compiled.
 *
 * It knows one kind of frame, whole unmasked text of up to 65,535 bytes, which is all that Kraken sends but pings and
 * closes. What is anything else, or not yet whole, it leaves where it is: Python looks at that. So nothing is refused
 * here, and no length is trusted that does not lie within the chunk.
 */
#include "native.h"

enum { FIN_TEXT = 0x81, LENGTH_16 = 126 };

/* Return where a frame's payload begins and set its length; 0 if Python must look at it. */
static Py_ssize_t
payload_at(const unsigned char *frame, Py_ssize_t available, Py_ssize_t *length)
{
    if (available < 4 || frame[0] != FIN_TEXT || frame[1] > LENGTH_16)
        return 0;
    if (frame[1] < LENGTH_16) {
        *length = frame[1];
        return 2;
    }
    *length = (Py_ssize_t)frame[2] << 8 | frame[3];
    return 4;
}

static int
append_bytes(PyObject *list, const unsigned char *start, Py_ssize_t length)
{
    PyObject *message = PyBytes_FromStringAndSize((const char *)start, length);
    int failed = message == NULL || PyList_Append(list, message) < 0;

    Py_XDECREF(message);
    return failed ? -1 : 0;
}

PyObject *
take_run(PyObject *module, PyObject *const *arguments, Py_ssize_t count)
{
    char *data;
    Py_ssize_t size, position, start, length;

    if (count != 3) {
        PyErr_SetString(PyExc_TypeError, "take_run(data, position, messages)");
        return NULL;
    }
    if (PyBytes_AsStringAndSize(arguments[0], &data, &size) < 0)
        return NULL;
    position = PyLong_AsSsize_t(arguments[1]);
    if (position == -1 && PyErr_Occurred())
        return NULL;
    if (position < 0) {
        PyErr_SetString(PyExc_ValueError, "position must not be negative");
        return NULL;
    }
    while (position < size) {
        const unsigned char *frame = (const unsigned char *)data + position;

        start = payload_at(frame, size - position, &length);
        if (start == 0 || length > size - position - start)
            break;
        if (append_bytes(arguments[2], frame + start, length) < 0)
            return NULL;
        position += start + length;
    }
    return PyLong_FromSsize_t(position);
}
