/* Be the module `krakenio._native`. */
#include "native.h"

static PyMethodDef methods[] = {
    {"take_run", (PyCFunction)(void (*)(void))take_run, METH_FASTCALL,
     "take_run(data: bytes, position: int, messages: list[bytes]) -> int"},
    {"take_levels", (PyCFunction)(void (*)(void))take_levels, METH_FASTCALL,
     "take_levels(slowly: TakeLevels, side: Ranks, levels: list[Level[Raw]], precision: Precision) -> None"},
    {NULL, NULL, 0, NULL},
};

static int
find_raw(Names *names)
{
    PyObject *msgspec = PyImport_ImportModule("msgspec"), *raw = NULL;

    if (msgspec != NULL)
        raw = PyObject_GetAttrString(msgspec, "Raw");
    Py_XDECREF(msgspec);
    names->raw = (PyTypeObject *)raw;
    return raw == NULL ? -1 : 0;
}

static int
execute(PyObject *module)
{
    Names *names = PyModule_GetState(module);
    struct { PyObject **place; const char *name; } wanted[] = {
        {&names->price, "price"}, {&names->qty, "qty"}, {&names->keys, "keys"}, {&names->fragments, "fragments"},
        {&names->rows, "rows"}, {&names->sign, "sign"}, {&names->touched, "touched"}, {&names->prices, "prices"},
        {&names->learn, "learn"},
    };
    size_t number;

    for (number = 0; number < sizeof(wanted) / sizeof(wanted[0]); number++) {
        *wanted[number].place = PyUnicode_InternFromString(wanted[number].name);
        if (*wanted[number].place == NULL)
            return -1;
    }
    if (PyModule_AddIntConstant(module, "VERSION", 1) < 0)
        return -1;
    return find_raw(names);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, execute}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "_native", .m_methods = methods, .m_slots = slots, .m_size = sizeof(Names),
};

PyMODINIT_FUNC
PyInit__native(void)
{
    return PyModuleDef_Init(&definition);
}
